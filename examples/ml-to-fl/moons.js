/* global tf */
// Two half moons, a class each, and a picture of what a model makes of them.

/** Points along an arc of both moons: `part` 0 has the left halves, 1 the right ones; without it both. The same ones each time. */
export function moons(part) {
  const random = mulberry(part === null ? 1 : 2 + Number(part))
  const rows = []
  for (let i = 0; i < 200; i++) {
    const label = i % 2
    const along = part === null ? random() : (random() + Number(part)) / 2
    const angle = Math.PI * (1 - along)
    const x = label === 0 ? Math.cos(angle) : 1 - Math.cos(Math.PI - angle)
    const y = label === 0 ? Math.sin(angle) : 0.5 - Math.sin(angle)
    rows.push({ x: x + 0.12 * (random() - 0.5), y: y + 0.12 * (random() - 0.5), label })
  }
  return {
    xs: tf.tensor2d(rows.map(({ x, y }) => [x, y])),
    ys: tf.tensor2d(rows.map(({ label }) => [label])),
    rows,
  }
}

/** The model's answer as colour, and the points that this page has. */
export async function draw(model, rows) {
  const canvas = document.querySelector('#picture')
  const context = canvas.getContext('2d')
  const { width, height } = canvas
  const toX = (px) => (px / width) * 4 - 1.5
  const toY = (py) => 1.6 - (py / height) * 2.7
  const cells = []
  for (let py = 0; py < height; py += 4) for (let px = 0; px < width; px += 4) cells.push([px, py])
  const asked = tf.tensor2d(cells.map(([px, py]) => [toX(px + 2), toY(py + 2)]))
  const answers = await model.predict(asked).data()
  cells.forEach(([px, py], i) => {
    context.fillStyle = `hsl(${220 - 190 * answers[i]} 70% ${86 - 24 * Math.abs(answers[i] - 0.5)}%)`
    context.fillRect(px, py, 4, 4)
  })
  for (const { x, y, label } of rows) {
    context.fillStyle = label ? '#b4410e' : '#1d4ed8'
    context.beginPath()
    context.arc(((x + 1.5) / 4) * width, ((1.6 - y) / 2.7) * height, 2.5, 0, 7)
    context.fill()
  }
}

/** How often the model is right on both moons, whatever part this page has. */
export async function test(model) {
  const { xs, rows } = moons(null)
  const answers = await model.predict(xs).data()
  return rows.filter(({ label }, i) => Math.round(answers[i]) === label).length / rows.length
}

/** A small generator with a seed (Tommy Ettinger’s mulberry32). */
function mulberry(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
