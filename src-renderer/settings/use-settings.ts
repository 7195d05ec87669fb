import { useCallback, useEffect, useState } from 'react';
import type { AppSettings } from '../../src-shared/host-calls.ts';
import type { CallInput } from '../../src-shared/ipc.ts';
import { useAction } from '../app/actions.ts';
import { useHarrier } from '../app/harrier.ts';
import type { Trouble } from '../app/wire-failure.ts';

/** Settings of Harrier itself, as the engine last told them, and what changes them. */
export interface SettingsAccess {
  /** Undefined until the engine has told them. */
  readonly settings: AppSettings | undefined;
  readonly trouble: Trouble | undefined;
  /** Shown at once; what the engine says afterwards counts. Answers whether it was taken. */
  set(next: CallInput<'settings.change'>): Promise<boolean>;
  setLogin(on: boolean): Promise<boolean>;
  read(): Promise<void>;
}

export function useSettings(): SettingsAccess {
  const { client } = useHarrier();
  const [settings, setSettings] = useState<AppSettings>();
  const change = useAction('settings.change');
  const login = useAction('login.set');
  const read = useCallback(
    () =>
      client.call('settings.read', {}).then(setSettings, () => {
        // The banner says that the connection is lost.
      }),
    [client],
  );
  useEffect(() => void read(), [read]);
  return {
    settings,
    trouble: change.trouble ?? login.trouble,
    read,
    async set(next) {
      setSettings((before) => before && { ...before, ...next });
      const answer = await change.run(next);
      await read();
      return answer !== undefined;
    },
    async setLogin(on) {
      setSettings((before) => before && { ...before, login: { needsApproval: false, ...before.login, on } });
      const answer = await login.run({ on });
      await read();
      return answer !== undefined;
    },
  };
}
