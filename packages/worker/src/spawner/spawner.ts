/** The worker's handle on its spawner process. */
export interface Spawner {
  readonly pid: number | undefined;
}
