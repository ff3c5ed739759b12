import { DecodeError, EncodeError, type Reader, type Writer } from '../../bytes/index.ts'

/** Feature 4: public address of the peer's REST API. */
export interface RestApiUrlFeature {
  readonly kind: 'restApiUrl'
  readonly url: string
}

/** The reference takes what `java.net.URL` takes; only the web schemes make sense for a REST API. */
function isWebUrl(url: string): boolean {
  return /^https?:\/\/./i.test(url) && URL.canParse(url)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function readRestApiUrl(r: Reader): RestApiUrlFeature {
  const at = r.position
  const bytes = r.bytes(r.u8())
  let url: string
  try {
    url = utf8.decode(bytes)
  } catch {
    throw new DecodeError('MALFORMED', 'REST API URL is not UTF-8', at)
  }
  if (!isWebUrl(url)) throw new DecodeError('MALFORMED', 'not a web URL', at)
  return { kind: 'restApiUrl', url }
}

export function writeRestApiUrl(w: Writer, f: RestApiUrlFeature): void {
  if (!isWebUrl(f.url)) throw new EncodeError(`not a web URL: ${f.url}`)
  w.shortString(f.url)
}
