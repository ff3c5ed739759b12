/**
 * `Promise.withResolvers` for Node 20, which lacks it while the libp2p stack calls it as soon as its peer store takes a lock.
 * Import this before anything of libp2p: modules run in import order, so the first line of an entry file is the place.
 */
interface Resolvers {
  promise: Promise<unknown>
  resolve: (value: unknown) => void
  reject: (reason?: unknown) => void
}

if (!('withResolvers' in Promise)) {
  Object.defineProperty(Promise, 'withResolvers', {
    configurable: true,
    writable: true,
    value: function withResolvers(this: PromiseConstructor): Resolvers {
      let resolve!: Resolvers['resolve']
      let reject!: Resolvers['reject']
      const promise = new this((yes, no) => {
        resolve = yes
        reject = no
      })
      return { promise, resolve, reject }
    }
  })
}

export {}
