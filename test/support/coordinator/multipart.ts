/** The one file of a multipart/form-data body, or what is wrong with it. */
export function parseFileForm(
  body: Buffer,
  contentType: string,
): { readonly filename: string; readonly file: Buffer } | { readonly problem: string } {
  const boundary = /^multipart\/form-data;.*\bboundary="?([^";]+)"?/.exec(contentType)?.[1];
  if (boundary === undefined) return { problem: `the content type "${contentType}" has no boundary` };
  const opening = Buffer.from(`--${boundary}\r\n`);
  const closing = Buffer.from(`\r\n--${boundary}--\r\n`);
  if (!body.subarray(0, opening.length).equals(opening))
    return { problem: 'the form does not begin with its boundary' };
  if (!body.subarray(body.length - closing.length).equals(closing)) return { problem: 'the form has no end' };
  const headEnd = body.indexOf('\r\n\r\n');
  const file = body.subarray(headEnd + 4, body.length - closing.length);
  if (file.includes(`\r\n--${boundary}\r\n`)) return { problem: 'the form has more than one part' };
  const head = body.subarray(opening.length, headEnd).toString();
  const filename = /^content-disposition: form-data; name="file"; filename="((?:[^"\\]|\\.)*)"$/im.exec(head)?.[1];
  if (filename === undefined) return { problem: 'the form has no part "file" with a file name' };
  if (!/^content-type: application\/octet-stream$/im.test(head)) return { problem: 'the file is no octet stream' };
  return { filename: filename.replace(/\\(.)/g, '$1'), file };
}
