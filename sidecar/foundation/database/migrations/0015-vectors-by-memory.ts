/** Removing a memory looks for its vectors: without this, through all of them. */
export const vectorsByMemory = `
CREATE INDEX memory_vectors_by_memory ON memory_vectors (n);
`
