export * from "@capstan/worker";
