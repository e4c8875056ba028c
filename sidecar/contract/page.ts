/** Messages in one page of a view. */
export const PAGE = 50
