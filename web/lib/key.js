/** Returns 16 random characters. crypto.randomUUID is not there on pages without TLS. */
export function newKey() {
  const random = crypto.getRandomValues(new Uint8Array(12));
  return btoa(String.fromCharCode(...random)).replaceAll("+", "-").replaceAll("/", "_");
}
