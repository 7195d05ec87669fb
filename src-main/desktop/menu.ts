import type { MenuItemConstructorOptions } from 'electron';

/**
 * The menu of the application. S21: nothing in it loads the page anew, and the developer's tools are there in
 * development only. The size of letters is here because Electron has no keys of its own for it.
 */
export const applicationMenu = (platform: NodeJS.Platform, development: boolean): MenuItemConstructorOptions[] => [
  { role: platform === 'darwin' ? 'appMenu' : 'fileMenu' },
  { role: 'editMenu' },
  {
    label: 'View',
    submenu: [
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { type: 'separator' },
      { role: 'togglefullscreen' },
      ...(development ? [{ type: 'separator' } as const, { role: 'toggleDevTools' } as const] : []),
    ],
  },
  { role: 'windowMenu' },
];
