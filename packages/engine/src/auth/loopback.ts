const loopback4 = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** Whether a host name or address, without port or brackets, can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" || name.endsWith(".localhost") || loopback4.test(name);
}

const authorityForm = /^(?:\[([\da-f:.]+)\]|([^:@[\]/]*))(?::\d*)?$/i;

/** The host of a `Host` header or URL authority, without its port and brackets; empty when it is none. */
export function hostOf(authority: string): string {
  const parts = authorityForm.exec(authority);
  return parts?.[1] ?? parts?.[2] ?? "";
}
