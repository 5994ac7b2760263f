//! Works on the directory named by its first argument: writes, lists, renames, reads back and removes.
use std::{collections::HashMap, env, fs, io, io::Read, path::Path, process, time::Instant};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Err(error) = run(&arguments) {
        eprintln!("error: {error}");
        process::exit(3);
    }
}

fn run(arguments: &[String]) -> io::Result<()> {
    let start = Instant::now();
    println!("hello from Rust, {} arguments", arguments.len());
    println!("GREETING={}", env::var("GREETING").unwrap_or_default());
    if let Some(directory) = arguments.first() {
        work(Path::new(directory))?;
    }
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    // A hash map takes its seed from the host's random numbers.
    let mut letters = HashMap::new();
    input.chars().for_each(|letter| *letters.entry(letter).or_insert(0) += 1);
    println!("{} bytes of input, {} letters", input.len(), letters.len());
    assert!(start.elapsed().as_secs() < 3600);
    Ok(())
}

fn work(directory: &Path) -> io::Result<()> {
    let nested = directory.join("nested");
    fs::create_dir(&nested)?;
    for number in 0..100 {
        fs::write(nested.join(format!("file{number}")), format!("content {number}\n"))?;
    }
    fs::rename(nested.join("file42"), directory.join("answer"))?;
    println!("{} files", fs::read_dir(&nested)?.count());
    print!("{}", fs::read_to_string(directory.join("answer"))?);
    println!("{} bytes", fs::metadata(directory.join("answer"))?.len());
    println!("escape: {}", fs::read(directory.join("../../../../../../etc/passwd")).is_err());
    fs::remove_dir_all(&nested)?;
    fs::remove_file(directory.join("answer"))
}
