import { defaultColour, trueColour } from '../../src-shared/trace/index.ts';

/** Colours 16 to 255 of the palette as 0xRRGGBB. */
export function paletteColour(index: number): number {
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return grey * 65_536 + grey * 256 + grey;
  }
  const steps = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  const [red, green, blue] = [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((at) => steps[at] ?? 0);
  return (red ?? 0) * 65_536 + (green ?? 0) * 256 + (blue ?? 0);
}

/** What a colour of the log is on the screen: a token for the first 9, a computed one for the others. */
export type Shown = { readonly token: number } | { readonly rgb: number } | undefined;
export function shownColour(colour: number): Shown {
  if (colour === defaultColour) return undefined;
  if (colour >= trueColour) return { rgb: colour - trueColour };
  if (colour >= 16) return { rgb: paletteColour(colour) };
  // Bright colours are the plain ones here: both must be legible on the same ground. Bright black is grey.
  return { token: colour === 8 ? 8 : colour % 8 };
}

const channel = (value: number): number => {
  const share = value / 255;
  return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};
const luminance = (rgb: number): number =>
  0.2126 * channel((rgb >> 16) & 255) + 0.7152 * channel((rgb >> 8) & 255) + 0.0722 * channel(rgb & 255);
export const contrast = (a: number, b: number): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

/**
 * The nearest mix of a job's own colour with black or white that can be read on `ground` (AA: 4.5). The job's choice
 * stays visible; illegible text does not.
 */
export function legible(rgb: number, ground: number, wanted = 4.5): number {
  // Below this luminance white has the greater contrast, above it black; either reaches 4.5.
  const target = luminance(ground) > 0.179 ? 0x000000 : 0xffffff;
  for (let step = 0; step <= 20; step++) {
    const mixed = mix(rgb, target, step / 20);
    if (contrast(mixed, ground) >= wanted) return mixed;
  }
  return target;
}
const mix = (from: number, to: number, share: number): number => {
  const part = (shift: number): number =>
    Math.round(((from >> shift) & 255) * (1 - share) + ((to >> shift) & 255) * share) << shift;
  return part(16) + part(8) + part(0);
};
export const cssColour = (rgb: number): string => `#${rgb.toString(16).padStart(6, '0')}`;
