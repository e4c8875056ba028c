/** The most text that is kept of one file, in UTF-16 units. No model's window holds more. */
export const MOST_CHARACTERS = 4_000_000
