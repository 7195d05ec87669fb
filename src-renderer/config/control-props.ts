import type { KeyDescription } from '../../src-shared/config-schema.ts';
import type { TomlPath } from '../../src-shared/toml/values.ts';

/** What a control of the form gets: its key, what is written, and how to write something else. */
export interface ControlProps {
  readonly meta: KeyDescription;
  readonly path: TomlPath;
  readonly name: string;
  readonly value: unknown;
  readonly id: string;
  readonly describedBy: string | undefined;
  readonly invalid: boolean;
  /** `undefined` takes the key out. */
  readonly onChange: (value: unknown) => void;
}

/** What every input of the form has in common. */
export const inputProps = ({ id, describedBy, invalid }: ControlProps) => ({
  id,
  'aria-describedby': describedBy,
  'aria-invalid': invalid || undefined,
  autoComplete: 'off',
  spellCheck: false,
});
