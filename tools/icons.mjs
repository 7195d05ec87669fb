// Draws every icon from the mark below into assets/: tray images (dark, light, template), app icon as png, ico, icns.
// Needs Chromium (CHROMIUM, or the system's) for rendering; the results are committed, so nobody else has to run it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root } from './install.mjs';

// The mark, on a 16-unit grid: wing tips at 2.8, tail at 10.6, ground at 13.3, line weight 1.5.
const bird =
  'M0.4 2.9C2.7 2.2 4.9 3.1 6.3 5.2C6.6 5.6 6.8 6 6.95 6.5C6.95 5.7 7.3 5.2 8 5.2C8.7 5.2 9.05 5.7 9.05 6.5C9.2 6 9.4 5.6 9.7 5.2C11.1 3.1 13.3 2.2 15.6 2.9C13.5 3.5 12.6 5 11.7 6.5C10.7 8.1 9.9 8.6 8 10.6C6.1 8.6 5.3 8.1 4.3 6.5C3.4 5 2.5 3.5 0.4 2.9Z';
const thinBird = 'M1 5.2C3.6 4.4 6 5.6 8 9C10 5.6 12.4 4.4 15 5.2';
const line = (x1, x2, y, weight = 1.4) =>
  `<path d="M${x1} ${y}H${x2}" stroke="currentColor" stroke-width="${weight}" stroke-linecap="round" fill="none"/>`;
const text = (digit) =>
  `<text x="8" y="15.6" font-family="Inter, sans-serif" font-size="6.4" font-weight="800" text-anchor="middle" fill="currentColor">${digit}</text>`;
const sides = line(1.9, 3.6, 13.3) + line(12.4, 14.1, 13.3);

/** State -> drawing at 22 px and above; `small` is heavier and has no side lines. */
const states = {
  stopped: () =>
    `<path d="${thinBird}" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"/>`,
  idle: () => `<path d="${bird}" fill="currentColor"/>${line(4.6, 11.4, 13.3, 1.5)}`,
  draining: (small) =>
    `<path d="${bird}" fill="currentColor"/>${small ? '' : sides}<path d="M8 11.6V14.6M6.2 13.4L8 15.2L9.8 13.4" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round"/>`,
  paused: (small) =>
    `<path d="${bird}" fill="currentColor"/>${small ? '' : sides}<path d="M6.9 11.9V15.2M9.1 11.9V15.2" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round"/>`,
  trouble: (small) =>
    `<path d="${bird}" fill="currentColor"/>${small ? '' : sides}<path d="M8 11.5V13.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/><circle cx="8" cy="15.2" r="0.8" fill="currentColor"/>`,
};
for (let count = 1; count <= 9; count++)
  states[`busy${count}`] = (small) => `<path d="${bird}" fill="currentColor"/>${small ? '' : sides}${text(count)}`;
states.busy = (small) => `<path d="${bird}" fill="currentColor"/>${small ? '' : sides}${text('+')}`;

const appIcon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256"><title>Harrier</title>
<defs><clipPath id="c"><rect width="256" height="256" rx="58"/></clipPath></defs>
<g clip-path="url(#c)"><rect width="256" height="256" fill="#1F7A93"/><path d="M0 178C60 186 96 184 150 176C196 169 226 174 256 176V256H0Z" fill="#0C3140"/></g>
<g transform="translate(34 29.5) scale(11.75)"><path d="${bird}" fill="#F5F2EC"/><path d="M0.4 2.9C1.2 2.66 1.8 2.64 2.5 2.78L2.1 4.1C1.6 3.5 1.1 3.1 0.4 2.9ZM15.6 2.9C14.8 2.66 14.2 2.64 13.5 2.78L13.9 4.1C14.4 3.5 14.9 3.1 15.6 2.9Z" fill="#0C2A36"/></g>
<rect x="82" y="204" width="92" height="18" rx="9" fill="#F5F2EC"/></svg>`;
const trayIcon = (state, colour, size) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" width="${size}" height="${size}" color="${colour}">${states[state](size <= 16)}</svg>`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage();
/** One SVG as PNG bytes of `size` pixels, transparent around it. */
const render = async (svg, size) => {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(
    `<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`,
  );
  return page.screenshot({ omitBackground: true });
};

const out = (...names) => join(root, 'assets', ...names);
mkdirSync(out('tray'), { recursive: true });
mkdirSync(out('icons'), { recursive: true });
for (const state of Object.keys(states)) {
  // macOS tints template images itself; elsewhere the panel may be dark or light.
  for (const [suffix, colour] of [
    ['Template', '#000000'],
    ['-on-light', '#1A1D1C'],
    ['-on-dark', '#F2F4F2'],
  ]) {
    writeFileSync(out('tray', `${state}${suffix}.png`), await render(trayIcon(state, colour, 16), 16));
    writeFileSync(out('tray', `${state}${suffix}@2x.png`), await render(trayIcon(state, colour, 32), 32));
  }
}
writeFileSync(out('icons', 'icon.svg'), appIcon);
const sizes = {};
for (const size of [16, 24, 32, 48, 64, 128, 256, 512, 1024]) sizes[size] = await render(appIcon, size);
for (const size of [16, 32, 48, 64, 128, 256, 512]) writeFileSync(out('icons', `${size}x${size}.png`), sizes[size]);
writeFileSync(out('icons', 'icon.ico'), ico([16, 24, 32, 48, 64, 128, 256]));
writeFileSync(
  out('icons', 'icon.icns'),
  icns({
    icp4: 16,
    icp5: 32,
    icp6: 64,
    ic07: 128,
    ic08: 256,
    ic09: 512,
    ic10: 1024,
    ic11: 32,
    ic12: 64,
    ic13: 256,
    ic14: 512,
  }),
);
await browser.close();

/** ICO with PNG images (Windows Vista and later): header, a 16-byte entry an image, the images. */
function ico(list) {
  const head = Buffer.alloc(6 + 16 * list.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(list.length, 4);
  let offset = head.length;
  list.forEach((size, index) => {
    const at = 6 + 16 * index;
    head.writeUInt8(size % 256, at);
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(sizes[size].length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += sizes[size].length;
  });
  return Buffer.concat([head, ...list.map((size) => sizes[size])]);
}

/** ICNS: magic, total length, then type, length and PNG of each image. */
function icns(types) {
  const chunks = Object.entries(types).map(([type, size]) => {
    const head = Buffer.alloc(8);
    head.write(type, 0, 'latin1');
    head.writeUInt32BE(sizes[size].length + 8, 4);
    return Buffer.concat([head, sizes[size]]);
  });
  const body = Buffer.concat(chunks);
  const head = Buffer.alloc(8);
  head.write('icns', 0, 'latin1');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}
