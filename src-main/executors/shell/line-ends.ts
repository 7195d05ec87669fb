/**
 * A terminal ends lines with CR LF; GitLab's log has LF. Takes exactly the one CR away that the terminal put before
 * each LF; a lone CR (progress bars) stays. `last`: nothing is held back any more.
 */
export const createLineEnds = (): ((chunk: Buffer, last: boolean) => Buffer) => {
  let heldReturn = false;
  return (chunk, last) => {
    let text = (heldReturn ? '\r' : '') + chunk.toString('latin1');
    heldReturn = !last && text.endsWith('\r');
    if (heldReturn) text = text.slice(0, -1);
    return Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1');
  };
};
