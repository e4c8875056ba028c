/** Tokenizers make about one token of this many bytes of common text; a cautious measure, whatever the model. */
const BYTES_PER_TOKEN = 3.5

/** About how many tokens a text takes, rather too many than too few. */
export const tokensOf = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)
