/** What was wrong with the link's parameters. Said to whoever made the link; the visitor can go on. */
export function LinkProblems({ problems }: { problems: readonly string[] }) {
  return (
    <div class="fault stack" role="alert" data-testid="problem" style={{ marginBottom: '1.75rem' }}>
      {problems.map((problem) => (
        <p key={problem}>{problem}</p>
      ))}
      <p class="soft">That part of the link is left aside, and nothing is joined by itself. Choose below instead.</p>
    </div>
  )
}
