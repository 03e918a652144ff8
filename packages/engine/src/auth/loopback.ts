const loopback4 = /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;

/** Whether a host name or address, without port or brackets, can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === "localhost" || name === "::1" || name.endsWith(".localhost") || loopback4.test(name);
}

/** The host of a `Host` header or URL authority, without its port and brackets. */
export function hostOf(authority: string): string {
  if (authority.startsWith("[")) return authority.slice(1, Math.max(1, authority.indexOf("]")));
  const colon = authority.indexOf(":");
  return colon === -1 ? authority : authority.slice(0, colon);
}
