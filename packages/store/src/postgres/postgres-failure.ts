import { CapstanError } from "@capstan/protocol/plain";
import { FencedError } from "../store.js";

interface Thrown {
  readonly message?: string;
  readonly code?: string;
  readonly syscall?: string;
  readonly severity?: string;
}

/** Classes of SQLSTATE that mean a fault of this program, not of the server or the place it runs at. */
const ownFaults: ReadonlySet<string> = new Set(["21", "22", "23", "26", "34", "42", "54"]);
const permissionDenied = "42501";

const remedies: Readonly<Record<string, string>> = {
  ECONNREFUSED: "start the server, or correct the address",
  ENOTFOUND: "correct the host of the address",
  ENOENT: "start the server, or correct the folder of its socket",
  ETIMEDOUT: "check the network and the firewall between here and the server",
  "28P01": "correct the password of the address",
  "28000": "let the role log in from this machine (pg_hba.conf)",
  "3D000": "create the database, or correct its name in the address",
  "53100": "the server's disk is full: free some space",
  "53300": "the server has no connection left: raise max_connections",
  [permissionDenied]:
    "start the engine once as the owner of the schema, who makes and migrates it; or grant the role what the guide of operating lists",
};

/** Whether the connection is of no use any more after this error. */
export function isLost(thrown: unknown): boolean {
  const { code, message = "", severity } = thrown as Thrown;
  if (severity === "FATAL" || severity === "PANIC") return true;
  if (typeof code === "string" && code.length === 5) return code.startsWith("08") || code.startsWith("57P");
  return (
    typeof (thrown as Thrown).syscall === "string" || /connection|not queryable|socket|read timeout/i.test(message)
  );
}

/** The driver's own words for an address without the password that the server asks for. */
function isWithoutPassword(message: string): boolean {
  return message.includes("client password must be a string");
}

const busyRemedy = "all connections that read are in use: try again in a moment";

/** The pool's own words for a read that waited in vain for a connection. */
function isBusy(message: string): boolean {
  return message === "timeout exceeded when trying to connect";
}

/**
 * Anything thrown below the store as one of its errors: `store-failed` when the server cannot do it now, `internal` when
 * the statement itself was wrong; errors with a code of their own stay as they are.
 */
export function toPostgresError(thrown: unknown): CapstanError | FencedError {
  if (thrown instanceof CapstanError || thrown instanceof FencedError) return thrown;
  const { message = String(thrown), code = "" } = thrown as Thrown;
  if (isWithoutPassword(message)) {
    const text =
      "the server asks for a password, and the address has none: write postgres://user:password@host/database";
    return new CapstanError("store-failed", text, { cause: thrown });
  }
  const isState = /^[0-9A-Z]{5}$/.test(code);
  if (isState && code !== permissionDenied && ownFaults.has(code.slice(0, 2))) {
    return new CapstanError("internal", `the store refused a row: ${message}`, { cause: thrown });
  }
  const remedy = isBusy(message) ? busyRemedy : (remedies[code] ?? "check that the server runs and can be reached");
  return new CapstanError("store-failed", `PostgreSQL failed (${message || code}); ${remedy}`, {
    cause: thrown,
    ...(isState && { details: { sqlstate: code } }),
  });
}
