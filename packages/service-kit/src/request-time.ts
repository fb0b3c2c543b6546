/**
 * The time that a request may take at a database. Only the database knows what it is; everybody else hands it on, from the
 * context of a request to whatever it reads.
 */
export interface RequestTime {
  leftMs(): number;
  assertLeft(): void;
  start(): () => void;
}
