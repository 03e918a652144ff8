import { routes, type RouteName } from "./route.js";

/** Where everything is that names no other namespace. */
export const defaultNamespace = "default";

/** The path of a route with its parameters filled in and encoded. */
export function routePath(
  name: RouteName,
  parameters: Readonly<Record<string, string>> = {},
  namespace = defaultNamespace,
): string {
  const path: string = routes[name].path;
  const whole = path.startsWith("!") ? path.slice(1) : `/v1/namespaces/${encodeURIComponent(namespace)}${path}`;
  return whole.replace(/:([a-z]+)/g, (_, parameter: string) => encodeURIComponent(parameters[parameter] ?? ""));
}

/** Where workers open their WebSocket. */
export function workerPath(namespace = defaultNamespace): string {
  return `/v1/namespaces/${encodeURIComponent(namespace)}/worker`;
}
