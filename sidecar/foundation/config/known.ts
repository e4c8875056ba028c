import { z } from 'zod'
import { fileKey } from './keys.ts'

/** Every key a schema knows, as it stands in a file. @param providers names whose keys are listed too */
export function knownKeys(schema: z.ZodType, providers: readonly string[], path: readonly string[] = []): string[] {
  const inner = unwrap(schema)
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, value]) =>
      knownKeys(value, providers, [...path, key]),
    )
  if (inner instanceof z.ZodRecord)
    return providers.flatMap((name) => knownKeys(inner.valueType as z.ZodType, providers, [...path, name]))
  return [fileKey(path)]
}

function unwrap(schema: z.ZodType): z.ZodType {
  let inner = schema
  while (inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault || inner instanceof z.ZodOptional)
    inner = inner.unwrap() as z.ZodType
  return inner
}
