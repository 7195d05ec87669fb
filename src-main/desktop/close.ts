import type { AppSettings } from '../../src-shared/host-calls.ts';

export type CloseAnswer = 'keep' | 'quit' | 'stay';

/**
 * TR4: what closing the window does. Linux may have no tray (plain GNOME), so it asks there until a person has said
 * what they want; elsewhere the tray is certain, and closing keeps Harrier running unless the setting says otherwise.
 */
export function onClose(setting: AppSettings['closeWindow'], platform: NodeJS.Platform): 'ask' | 'keep' | 'quit' {
  if (setting !== 'ask') return setting;
  return platform === 'linux' ? 'ask' : 'keep';
}

/** The words of the question; the index of a button is the index of `choices`. */
export const closeDialog = {
  type: 'question' as const,
  message: 'Keep Harrier running?',
  detail: 'It goes on taking jobs without a window. Start Harrier again to see it, or use its icon where there is one.',
  buttons: ['Keep running', 'Quit', 'Leave the window open'],
  choices: ['keep', 'quit', 'stay'] as const,
  checkboxLabel: 'Remember this',
  defaultId: 0,
  cancelId: 2,
};
