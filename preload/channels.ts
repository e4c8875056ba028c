/** The names of what the page may ask of the shell. The port's own name is in the contract. */
export const REQUEST_PORT = 'oxbow:request-port'
export const PICK_FOLDER = 'oxbow:pick-folder'
export const OPEN_EXTERNAL = 'oxbow:open-external'
/** The page wants to know how the sidecar is; the shell answers at once and at every change, on SIDECAR_STATE. */
export const WATCH_SIDECAR = 'oxbow:watch-sidecar'
export const SIDECAR_STATE = 'oxbow:sidecar-state'
