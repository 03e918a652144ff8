export * from "@capstan/engine";
