/** Tells the time; passed in wherever time matters, so that a test can move it. */
export type Clock = () => Date;

/** The time of the machine. */
export const systemClock: Clock = () => new Date();
