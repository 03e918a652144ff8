import { CapstanError } from "@capstan/protocol/plain";

/** Where a store is: a database, and the schema in it that holds the tables. */
export interface Address {
  /** For the driver, without what is of the store. */
  readonly connectionString: string;
  readonly schema: string;
  /** For messages: without the password. */
  readonly shown: string;
}

export const defaultSchema = "capstan";
const schemaPattern = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Reads `postgres://user:password@host:port/database?schema=name`. The schema is `capstan` when neither the address nor
 * the option names one.
 * @throws CapstanError `invalid-config` when it is no such address.
 */
export function parseAddress(url: string, schemaOption?: string): Address {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new CapstanError(
      "invalid-config",
      `"${shownOf(url)}" is no address of a store: write postgres://user:password@host:port/database`,
    );
  }
  const parsed = new URL(url);
  const schema = schemaOption ?? parsed.searchParams.get("schema") ?? defaultSchema;
  if (!schemaPattern.test(schema)) {
    throw new CapstanError(
      "invalid-config",
      `"${schema}" is no name of a schema: use small letters, digits and _, at most 63`,
    );
  }
  checkParameters(parsed.searchParams);
  parsed.searchParams.delete("schema");
  const place = parsed.hostname === "" ? (parsed.searchParams.get("host") ?? "localhost") : parsed.host;
  return { connectionString: parsed.href, schema, shown: `postgres://${place}${parsed.pathname}?schema=${schema}` };
}

/** What an address may say behind the question mark: where the schema and the socket are, and how TLS is done. */
const parameters: ReadonlySet<string> = new Set([
  "schema",
  "host",
  "port",
  "user",
  "password",
  "ssl",
  "sslmode",
  "sslcert",
  "sslkey",
  "sslrootcert",
  "sslnegotiation",
  "uselibpqcompat",
]);

function checkParameters(given: URLSearchParams): void {
  for (const name of given.keys()) {
    if (parameters.has(name)) continue;
    const remedy =
      name === "options" ? "set them for the role, by ALTER ROLE … SET" : `it may be ${[...parameters].join(", ")}`;
    throw new CapstanError("invalid-config", `the store's address has ?${name}=, which is not known: ${remedy}`);
  }
}

/** Whatever was given, without what may be a password. */
function shownOf(text: string): string {
  return text.replace(/\/\/[^@/]*@/, "//…@").slice(0, 80);
}
