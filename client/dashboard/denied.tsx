/** The face of a dashboard without its key. */
export function Denied({ message }: { message: string }) {
  return (
    <main class="alone">
      <h1>Tributary</h1>
      <p>
        <b>Open the dashboard by the link that the coordinator printed: it carries the key.</b>
      </p>
      {message !== '' && <p class="caption">The coordinator says: {message}</p>}
      {/* A GET by the browser itself: the coordinator answers with the cookie and takes the token out of the address. */}
      <form action="/dashboard" method="get" class="token-form">
        <label for="token">Or paste the token, the part of that link after “token=”:</label>
        <div class="row">
          <input id="token" name="token" type="password" autocomplete="off" required spellcheck={false} />
          <button type="submit" class="primary">
            Open
          </button>
        </div>
      </form>
      <p class="caption">
        To train, you need no key: <a href="/">open the participant’s page</a>.
      </p>
    </main>
  )
}
