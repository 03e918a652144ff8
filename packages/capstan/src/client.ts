export * from "@capstan/client";
