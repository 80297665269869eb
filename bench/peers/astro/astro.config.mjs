export default { site: "https://bench.example", build: { format: "directory" } };
