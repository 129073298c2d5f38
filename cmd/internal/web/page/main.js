// The least page there can be: it shows what is told, and sends what is typed.
const token = location.hash.slice(1);
history.replaceState(null, "", "/");
const told = document.getElementById("told");
const line = document.getElementById("line");
const link = new WebSocket(`ws://${location.host}/ws`);
link.onopen = () => link.send(JSON.stringify(token ? { do: "enter", token } : { do: "enter", name: "" }));
link.onmessage = (frame) => told.append(frame.data);
link.onclose = (end) => told.append(`${end.code} ${end.reason}\n`);
document.getElementById("ask").onsubmit = (event) => {
  event.preventDefault();
  link.send(line.value);
  line.value = "";
};
