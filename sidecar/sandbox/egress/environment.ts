/** Programs look for a proxy in these, each in its own spelling. */
const PROXY = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy', 'GRPC_PROXY', 'grpc_proxy']
const OTHER_PROXY = ['DOCKER_HTTP_PROXY', 'DOCKER_HTTPS_PROXY']
/** And for certificates to trust in these; each replaces what is built in. */
const TRUST = [
  ...['SSL_CERT_FILE', 'CURL_CA_BUNDLE', 'REQUESTS_CA_BUNDLE', 'GIT_SSL_CAINFO', 'NODE_EXTRA_CA_CERTS', 'PIP_CERT'],
  ...['CARGO_HTTP_CAINFO', 'AWS_CA_BUNDLE', 'DENO_CERT', 'npm_config_cafile'],
]

export interface ProxySeen {
  /** How the box reaches the proxy. */
  host: string
  port: number
  id: string
  password: string
  /** Whether this computer is reached as `localhost`; else that name is the box's own. */
  localhost: boolean
  /** A file of certificates to trust. */
  trust?: string | undefined
}

/** What programs of a box are told, so that they find the way out. */
export function guestEnvironment({ host, port, id, password, localhost, trust }: ProxySeen): Record<string, string> {
  const url = `http://${id}:${password}@${host}:${port}`
  // A server that a box starts for itself is reached past the proxy, by address in any case.
  const own = `${localhost ? '' : 'localhost,'}127.0.0.1,::1`
  const all = (names: readonly string[], value: string) => Object.fromEntries(names.map((name) => [name, value]))
  return {
    ...all([...PROXY, ...OTHER_PROXY], url),
    ...all(['FTP_PROXY', 'ftp_proxy'], `socks5h://${id}:${password}@${host}:${port}`),
    NO_PROXY: own,
    no_proxy: own,
    // Sent at once, so that git asks nobody for a password.
    GIT_CONFIG_PARAMETERS: "'http.proxyAuthMethod=basic'",
    GIT_SSH_COMMAND: `ssh -o ControlMaster=no -o ControlPath=none -o ProxyCommand='socat - PROXY:${host}:%h:%p,proxyport=${port},proxyauth=${id}:${password}'`,
    CLOUDSDK_PROXY_TYPE: 'http',
    CLOUDSDK_PROXY_ADDRESS: host,
    CLOUDSDK_PROXY_PORT: String(port),
    CLOUDSDK_PROXY_USERNAME: id,
    CLOUDSDK_PROXY_PASSWORD: password,
    ...(trust !== undefined && all(TRUST, trust)),
  }
}
