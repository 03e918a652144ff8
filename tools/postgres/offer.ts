/** Of a test run: one PostgreSQL server for all tests that ask for one. */
export async function setup(): Promise<() => Promise<void>> {
  const { offerPostgres } = await import("@capstan/testkit");
  return offerPostgres();
}
