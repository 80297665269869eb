// Jupyter's own extension for widgets asks for a notebook around it. Here is as much of one as it
// takes to show a saved state: no kernel answers, and one cell has one output.
(() => {
  "use strict";
  const nothing = () => {};
  const { view, state } = JSON.parse(document.getElementById("chart").dataset.spec);
  const actions = { register: nothing, get: () => ({ handler: nothing }) };
  const events = { on: nothing, trigger: nothing };
  const silent = { on_msg: nothing, send: nothing, close: nothing, on_close: (told) => queueMicrotask(told) };
  const kernel = { is_connected: () => true, comm_info: (target, told) => told({ content: { comms: {} } }) };
  kernel.comm_manager = {
    kernel,
    register_target: nothing,
    register_comm: nothing,
    new_comm: (target, data, callbacks, metadata, id, buffers) => silent,
  };
  let show;
  const notebook = {
    kernel,
    events,
    keyboard_manager: { register_events: nothing, actions },
    container: { on: nothing },
    metadata: { widgets: { "application/vnd.jupyter.widget-state+json": state } },
    // It asks for the cells when the state is there.
    get_cells: () => { queueMicrotask(() => show(view)); return []; },
  };
  const notifications = { widget: () => ({ set_message: nothing }) };
  window.Jupyter = { version: "6.4.12", notebook, menubar: { actions }, notification_area: notifications };
  const outputarea = {
    OutputArea: class {
      constructor({ selector }) { this.node = selector; }
      clear_output() { this.node.textContent = ""; }
      handle_output() {}
      handle_clear_output() {}
      // What a widget has caught of a cell: its text and its pictures.
      fromJSON(outputs) {
        for (const { text, data = {}, traceback } of outputs) {
          const kind = ["image/png", "image/jpeg"].find((type) => type in data);
          const shown = document.createElement(kind ? "img" : "pre");
          const said = text ?? data["text/plain"] ?? traceback?.join("\n") ?? "";
          if (kind) Object.assign(shown, { src: `data:${kind};base64,${data[kind]}`, alt: said });
          else shown.textContent = [said].flat().join("");
          this.node.append(shown);
        }
      }
      register_mime_type(type, append) {
        const area = {
          create_output_subarea: () => [document.getElementById("chart")],
          keyboard_manager: notebook.keyboard_manager,
          handle_output: nothing,
          handle_clear_output: nothing,
        };
        show = (data) => append.call(area, data, {}, { append: nothing });
      }
    },
  };
  const modules = { "base/js/namespace": window.Jupyter, "base/js/events": events, "notebook/js/outputarea": outputarea };
  window.requirejs = window.require = (names, then, failed) => {
    if (names.every((name) => name in modules)) then(...names.map((name) => modules[name]));
    else failed?.(new Error(`There is no ${names}`));
  };
  window.requirejs.config = nothing;
  window.define = (names, factory) => { window.widgets = factory({ uri: "" }); };
  // That no kernel answers is no news.
  console.warn = nothing;
  // The extension puts its menu before the menu for help.
  const menus = document.createElement("ul");
  menus.hidden = true;
  menus.innerHTML = '<li><a id="help_menu"></a></li>';
  document.body.append(menus);
})();
