/** The nonce of this page load, which both hosts write into index.html; empty where the page came without one. */
export const pageNonce = (document: Document): string =>
  document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/**
 * Gives the page's nonce to every style element that a library creates, and sets style attributes by their properties:
 * the policy of the page (S3, S4) refuses both otherwise, and xterm does both. CodeMirror takes `pageNonce` as
 * `EditorView.cspNonce`.
 */
export function signStyles(document: Document): void {
  const nonce = pageNonce(document);
  const create = document.createElement.bind(document) as (
    name: string,
    options?: ElementCreationOptions,
  ) => HTMLElement;
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = create(name, options);
    if (element instanceof HTMLStyleElement) element.nonce = nonce;
    return element;
  }) as typeof document.createElement;
  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name === 'style' && this instanceof HTMLElement) this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
}
