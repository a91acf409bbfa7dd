//! The relay's program; everything is in the library.

fn main() -> std::process::ExitCode {
    ronde_server::cli::main(std::env::args_os())
}
