export { VirtualClock, type VirtualClockOptions } from "@capstan/testkit";
