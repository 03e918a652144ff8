/** What `capstan.config.ts` imports. */
export * from "@capstan/cli/config";
