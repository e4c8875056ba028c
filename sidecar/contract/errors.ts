import { z } from 'zod'

/**
 * Every error of the contract. `code` in the data is the precise cause (`session.notFound`), the oRPC code its class;
 * `hint` says what a person can do.
 */
const ErrorData = z.object({ code: z.string(), hint: z.string().optional() })
export type ErrorData = z.infer<typeof ErrorData>

export const errorMap = {
  BAD_REQUEST: { status: 400, data: ErrorData },
  UNAUTHORIZED: { status: 401, data: ErrorData },
  FORBIDDEN: { status: 403, data: ErrorData },
  NOT_FOUND: { status: 404, data: ErrorData },
  CONFLICT: { status: 409, data: ErrorData },
  TOO_MANY_REQUESTS: { status: 429, data: ErrorData },
  INTERNAL_SERVER_ERROR: { status: 500, data: ErrorData },
  SERVICE_UNAVAILABLE: { status: 503, data: ErrorData },
} as const
export type ErrorClass = keyof typeof errorMap
