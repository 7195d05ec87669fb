import type { Menu, MenuItemConstructorOptions, NativeImage, Tray } from 'electron';
import type { TrayAction, TrayItem, TrayModel } from './tray-model.ts';

/** Draws the model. TR3: Linux shows changes only when the whole menu is set again, so it always is. */
export function createTrayView(options: {
  tray: Pick<Tray, 'setImage' | 'setToolTip' | 'setContextMenu'>;
  menu: Pick<typeof Menu, 'buildFromTemplate'>;
  /** The drawing of a name in assets/tray: a state, or `busy1` to `busy9`. */
  image: (name: string) => NativeImage;
  onAction: (action: TrayAction) => void;
}): { show(model: TrayModel): void } {
  const { tray, menu, image, onAction } = options;
  let shown = '';
  const template = (items: readonly TrayItem[]): MenuItemConstructorOptions[] =>
    items.map((item): MenuItemConstructorOptions => {
      switch (item.kind) {
        case 'separator':
          return { type: 'separator' };
        case 'text':
          return { label: item.label, enabled: false };
        case 'action':
          return { label: item.label, click: () => onAction(item.action) };
        default:
          return { label: item.label, submenu: template(item.items) };
      }
    });
  return {
    show(model) {
      // A state that did not change must not close a menu that is open.
      const key = JSON.stringify(model);
      if (key === shown) return;
      shown = key;
      tray.setImage(image(iconName(model)));
      tray.setToolTip(model.tooltip);
      tray.setContextMenu(menu.buildFromTemplate(template(model.menu)));
    },
  };
}

/** Counts 1 to 9 are drawn; from 10 on it is a plus, and the number stands in tooltip and menu. */
export const iconName = ({ icon, count }: Pick<TrayModel, 'icon' | 'count'>): string =>
  icon === 'busy' && count >= 1 && count <= 9 ? `busy${count}` : icon;
