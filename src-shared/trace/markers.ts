/** GitLab's section markers: `section_start:UNIX:NAME[options]\r ESC[0K` and `section_end:UNIX:NAME\r ESC[0K`. */
export interface Marker {
  readonly kind: 'start' | 'end';
  readonly name: string;
  readonly unixSeconds: number;
  readonly collapsed: boolean;
  readonly hideDuration: boolean;
  /** Where the marker begins and ends in the text it was found in. */
  readonly from: number;
  readonly to: number;
}

const pattern = /section_(start|end):(\d{1,12}):([\w.-]{1,200})(?:\[([^\]\r\n]{0,400})\])?\r(?:\x1b\[0K)?/g;

/** Every marker of a piece of text, in order. */
export function readMarkers(text: string): Marker[] {
  if (!text.includes('section_')) return [];
  return [...text.matchAll(pattern)].map((match) => {
    const options = match[4] ?? '';
    return {
      kind: match[1] === 'start' ? 'start' : 'end',
      unixSeconds: Number(match[2]),
      name: match[3] as string,
      collapsed: /(?:^|,)\s*collapsed=true/.test(options),
      hideDuration: /(?:^|,)\s*hide_duration=true/.test(options),
      from: match.index,
      to: match.index + match[0].length,
    };
  });
}

/** The text without its markers. */
export const withoutMarkers = (text: string): string =>
  text.includes('section_') ? text.replaceAll(pattern, '') : text;
