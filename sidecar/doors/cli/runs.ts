/** Commander hands over arguments, options and the command; our commands take arguments and options. */
export type Runs = <A extends unknown[]>(run: (...args: A) => Promise<number>) => (...args: unknown[]) => Promise<void>
