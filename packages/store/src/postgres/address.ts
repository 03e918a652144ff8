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
      "the store's address is none: write postgres://user:password@host:port/database",
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
  if (parsed.searchParams.has("options")) {
    throw new CapstanError(
      "invalid-config",
      "the store's address has `options`, which Capstan needs for itself: set them for the role, by ALTER ROLE … SET",
    );
  }
  parsed.searchParams.delete("schema");
  const place = parsed.hostname === "" ? (parsed.searchParams.get("host") ?? "localhost") : parsed.host;
  return { connectionString: parsed.href, schema, shown: `postgres://${place}${parsed.pathname}?schema=${schema}` };
}
