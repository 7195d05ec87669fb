import { contextBridge, ipcRenderer } from 'electron';

/**
 * S9: one frozen object with two functions; no raw ipcRenderer, no event objects. Names and shapes are checked on the
 * engine's side. The channel names stand here again because a sandboxed preload can import nothing.
 */
const listeners = new Set<(name: string, payload: unknown) => void>();
ipcRenderer.on('harrier:event', (_event, name: string, payload: unknown, number: number) => {
  for (const listener of listeners) listener(name, payload);
  // S13: the main process sends no more than a page takes in.
  ipcRenderer.send('harrier:seen', number);
});

contextBridge.exposeInMainWorld(
  'harrier',
  Object.freeze({
    call: (name: string, input: unknown): Promise<unknown> => ipcRenderer.invoke('harrier:call', name, input),
    onEvent: (listener: (name: string, payload: unknown) => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  }),
);
