const decoder = new TextDecoder();

/** A binary string (one character a byte) as text; bytes that are no UTF-8 become U+FFFD. */
export function decodeUtf8(binary: string): string {
  if (!/[\x80-\xff]/.test(binary)) return binary;
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return decoder.decode(bytes);
}
