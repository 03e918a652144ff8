# frozen_string_literal: true

# Runs the files of a suite with RSpec, as a persistent executor.
#
# This process speaks to the worker and loads nothing. Below it, one warm process a tree loads RSpec and what `.rspec`
# requires once, and forks for each file: every file starts from the same warm state, and none sees another's. With
# `--no-isolate` a fork runs file after file, and the next one is made when it has ended.

require "fileutils"
require "json"
require "socket"
require "tmpdir"
require_relative "file-run"
require_relative "fork"

ID_CHARACTERS = 4096
MESSAGE_CHARACTERS = 65_536
MESSAGES_CHARACTERS = 2_097_152
SHARED = "--no-isolate"
# What is behind the last file of a fork may take so long.
CLOSE_SECONDS = 5
# Processes that are asked for a file, when they end before they take it.
ASKS_MAX = 3

# Messages as lines of JSON on a stream socket.
class Lines
  attr_reader :socket

  def initialize(socket)
    @socket = socket
    @rest = "".b
  end

  def send(message)
    @socket.write("#{JSON.generate(message)}\n")
    @socket.flush
  end

  # The messages that have come; nil at the end of the stream.
  def receive
    @rest << @socket.readpartial(65_536)
    *lines, rest = @rest.split("\n", -1)
    @rest = rest || "".b
    lines.map { |line| JSON.parse(line.force_encoding("UTF-8")) }
  rescue EOFError, Errno::ECONNRESET
    nil
  end
end

# Takes trials one at a time, and keeps the warm process of the tree that they come from.
class Executor
  def initialize
    socket = Socket.for_fd(3)
    socket.close_on_exec = true
    @worker = Lines.new(socket)
    @scratch = Dir.mktmpdir("capstan-rspec-")
    @waiting = []
    @shared = ARGV & [SHARED]
  end

  def serve
    @worker.send(@shared.empty? ? { type: "ready" } : { type: "ready", closeMs: CLOSE_SECONDS * 1000 })
    loop do
      ready, = IO.select([@worker.socket, @warm&.socket].compact)
      listen if @warm && ready.include?(@warm.socket)
      next unless ready.include?(@worker.socket)

      received = @worker.receive
      break if received.nil?
      break leave_warm if received.any? { |message| message["type"] == "close" }

      received.each { |message| take(message) }
    end
  rescue Errno::EPIPE
    nil
  ensure
    end_warm
    FileUtils.rm_rf(@scratch)
  end

  private

  def take(message)
    if message["type"] == "trial"
      @waiting << message
      start
    elsif message["type"] == "stop" && @trial && @trial["trial"] == message["trial"]
      @is_stopping = true
      signal("INT")
    end
  end

  def start
    return if @trial || @waiting.empty?

    @trial = @waiting.shift
    @is_stopping = false
    @started = now
    @load_ms = 0
    input = @trial["input"].is_a?(Hash) ? @trial["input"] : {}
    unless input["file"].is_a?(String)
      return finish([], [{ message: "the input names no file: give `file`, a path from the root of the tree" }])
    end

    ask(File.realpath(input["root"] || @trial["workspace"] || Dir.pwd), input)
  rescue SystemCallError => e
    finish([], [{ name: e.class.name, message: e.message }])
  end

  def ask(root, input)
    @is_loading = root != @root
    if @is_loading
      leave_warm
      start_warm(root)
    end
    @warm.send({ file: input["file"], examples: input["examples"], part: input["part"], env: @trial["env"] || {} })
  end

  def start_warm(root)
    ours, theirs = UNIXSocket.pair
    command = [RbConfig.ruby, File.realpath(__FILE__), "warm", theirs.fileno.to_s, @scratch, *@shared]
    @process = spawn(ROOMY_HEAP.merge(ENV.slice(*ROOMY_HEAP.keys)), *command, theirs => theirs, :in => File::NULL, :chdir => root)
    theirs.close
    @root = root
    @warm = Lines.new(ours)
  end

  # Lets a fork that runs several files do what is behind the last.
  def leave_warm
    return unless @warm

    @warm.socket.close_write
    signal("KILL") unless @shared.empty? || Process.detach(@process).join(CLOSE_SECONDS)
    end_warm
  end

  def end_warm
    return unless @warm

    signal("KILL") if @trial
    @warm.socket.close
    Process.kill("KILL", @process)
    Process.wait(@process)
  rescue Errno::ESRCH, Errno::ECHILD
    nil # It has ended by itself.
  ensure
    @root = @warm = @process = @pid = nil
  end

  def listen
    received = @warm.receive
    if received.nil?
      end_warm
      finish([], [{ name: "ProcessEnded", message: "the process that holds RSpec ended" }]) if @trial
    end
    received&.each do |message|
      if message["pid"]
        @pid = message["pid"]
        @load_ms = (now - @started) * 1000 if @is_loading
        signal("INT") if @is_stopping
      else
        @pid = nil unless message["lives"]
        finish(message["examples"], message["failures"])
      end
    end
  end

  def signal(name)
    Process.kill(name, @pid) if @pid
  rescue Errno::ESRCH
    nil
  end

  def finish(examples, failures)
    mute(examples)
    counts = %w[passed failed skipped].to_h { |status| [status, examples.count { |each| each["status"] == status }] }
    counts["skipped"] += examples.count { |each| each["status"] == "muted" }
    error = file_error(failures, examples.select { |each| each["status"] == "failed" })
    idle = counts["passed"].zero? ? "skipped" : "succeeded"
    output = { examples: examples, durationMs: (now - @started) * 1000, loadMs: @load_ms }
    result = { type: "result", trial: @trial["trial"], status: error ? "failed" : idle, output: output, counts: counts }
    @trial = nil
    @worker.send(error ? result.merge(error: error) : result)
    start
  end

  # Tells those as muted that failed and are asked to fail nothing: by name alone, since an id is a place in the file, where
  # another example stands once one is added above.
  def mute(examples)
    muted = (@trial["input"].is_a?(Hash) && @trial["input"]["muted"]) || []
    examples.each do |each|
      each["status"] = "muted" if each["status"] == "failed" && muted.include?(each["name"])
    end
  end

  def file_error(failures, failed)
    if (first = failures.first&.transform_keys(&:to_s))
      more = failures.length > 1 ? " (and #{failures.length - 1} more)" : ""
      return first.merge("message" => first["message"] + more)
    end
    return if failed.empty?

    names = failed.first(3).map { |each| each["name"] }.join(", ") + (failed.length > 3 ? ", …" : "")
    { name: "ExamplesFailed", message: "#{failed.length} examples failed: #{names}" }
  end

  def now
    Process.clock_gettime(Process::CLOCK_MONOTONIC)
  end
end

# Listens to the reporter of RSpec and writes each example and failure to a file at once, so that they outlive a crash.
class Recorder
  EVENTS = %i[example_passed example_failed example_pending].freeze

  def initialize(path)
    open_at(path)
  end

  # Each file has its own.
  def open_at(path)
    @file&.close
    @file = File.open(path, "w:UTF-8")
    @file.sync = true
    @characters = MESSAGES_CHARACTERS
  end

  # What happens from now on is of no file.
  def close
    @file = @file&.close
  end

  def attach(reporter)
    recorder = self
    reporter.register_listener(self, *EVENTS)
    reporter.singleton_class.prepend(Module.new do
      define_method(:notify_non_example_exception) do |exception, description|
        recorder.failed(exception, description)
        super(exception, description)
      end
    end)
  end

  def example_passed(notification)
    write(notification.example, "passed", nil)
  end

  def example_failed(notification)
    lines = notification.message_lines + notification.formatted_backtrace.map { |line| "# #{line}" }
    write(notification.example, "failed", lines.join("\n"))
  end

  def example_pending(notification)
    write(notification.example, "skipped", notification.example.execution_result.pending_message)
  end

  def failed(exception, description = nil)
    message = [description, "#{exception.class}: #{exception.message}"].compact.join(" ").strip
    return warn("after the last file: #{message}") unless @file

    put(failure: { name: exception.class.name || "Error", message: clip(message, MESSAGE_CHARACTERS),
                   stack: clip(exception.full_message(highlight: false), MESSAGE_CHARACTERS) })
  end

  def put(record)
    @file&.puts(JSON.generate(record))
  end

  private

  def write(example, status, message)
    message = clip(message.to_s, [MESSAGE_CHARACTERS, @characters].min)
    @characters -= message.length
    groups = example.example_group.parent_groups.reverse.map(&:description)
    record = { id: clip(example.id, ID_CHARACTERS), name: clip([*groups, example.description].join(" > "), ID_CHARACTERS),
               status: status, durationMs: (example.execution_result.run_time || 0) * 1000,
               file: example.metadata[:file_path].delete_prefix("./"), line: example.metadata[:line_number] }
    put(example: message.empty? ? record : record.merge(message: message))
  end

  def clip(text, characters)
    text = text.encode("UTF-8", invalid: :replace, undef: :replace).scrub
    return text if text.length <= characters

    characters.positive? ? "#{text[0, characters - 1]}…" : ""
  end
end

# Loads RSpec for the tree in the working directory, then forks for every file that is asked for.
class Warm
  def initialize(descriptor, scratch, isolates:)
    socket = UNIXSocket.for_fd(descriptor)
    socket.close_on_exec = true
    @executor = Lines.new(socket)
    @isolates = isolates
    @records = File.join(scratch, "records")
    @loading = File.join(scratch, "load")
    @recorder = Recorder.new(@loading)
  end

  def serve
    QuickExit.prepare
    ROOMY_HEAP.each { |name, value| ENV.delete(name) if ENV[name] == value }
    load
    failures = outcome(@loading, ended: true)[:failures]
    make_ready if failures.empty?
    while (received = @executor.receive)
      received.each do |asked|
        @executor.send(failures.empty? ? run_forked(asked) : { examples: [], failures: failures })
        # What could not be loaded may be there the next time.
        exit!(0) unless failures.empty?
        # The next one is made while the result travels, and is nobody's neighbour while a file runs.
        @spare ||= make_spare
      end
    end
    leave_spare
  end

  private

  def load
    require "bundler/setup" if File.exist?("Gemfile")
    require "rspec/core"
    RSpec::Core::Runner.disable_autorun!
    @options = RSpec::Core::ConfigurationOptions.new([])
    @options.options.delete(:formatters)
    silence(RSpec.configuration)
    @recorder.attach(RSpec.configuration.reporter)
    @options.configure(RSpec.configuration)
    # What nearly every file of a Rails application asks for.
    RSpec.configuration.requires = ["rails_helper"] if File.exist?("spec/rails_helper.rb")
    load_frameworks
  rescue Exception => e # rubocop:disable Lint/RescueException
    @recorder.failed(e)
  end

  # RSpec loads these with the first group of examples, which would be in every fork. A helper that has not been read yet
  # may still choose others.
  def load_frameworks
    require "rspec/core/formatters/progress_formatter"
    require "rspec/core/profiler"
    return if RSpec.configuration.requires.empty? && File.exist?("spec/spec_helper.rb")

    RSpec.configuration.mock_framework
    RSpec.configuration.expectation_frameworks
    @has_frameworks = true
  end

  # What every fork would do for the first time is done once, so that it changes few of the pages that they share.
  def make_ready
    run_example if @has_frameworks
    # What survives several collections is looked at less often in the forks.
    4.times { GC.start }
    @spare = make_spare
  end

  # In a world of its own: no hook of the project runs, and nothing of it is left.
  def run_example
    require "rspec/core/sandbox"
    chosen = RSpec.configuration
    RSpec::Core::Sandbox.sandboxed do |configuration|
      silence(configuration)
      configuration.mock_framework = chosen.mock_framework
      configuration.expectation_frameworks.replace(chosen.expectation_frameworks)
      group = RSpec::Core::ExampleGroup.describe { it("is ready") {} }
      RSpec::Core::Runner.new(RSpec::Core::ConfigurationOptions.new([]), configuration).run_specs([group])
      RSpec::ExampleGroups.__send__(:remove_const, group.name.split("::").last)
    end
  rescue StandardError, LoadError
    nil # It only saves time.
  end

  def silence(configuration)
    null = File.open(File::NULL, "w")
    configuration.output_stream = null
    configuration.error_stream = null
    configuration.deprecation_stream = null
    configuration.color_mode = :off
    configuration.backtrace_exclusion_patterns << /\A#{Regexp.escape("#{__dir__}/")}/
  end

  # A file is run by a process that does not know it yet. One that waits may have ended since, and has taken no order.
  def run_forked(asked)
    leave_spare if @ran&.include?(asked["file"])
    ASKS_MAX.downto(1) do |left|
      @spare ||= make_spare
      @ran = Set.new if @spare.fresh?
      @ran << asked["file"]
      # It is known since its first file.
      @executor.send({ pid: @spare.pid }) if @spare.fresh?
      status = @spare.run(asked)
      @spare = nil if status
      return outcome(@records, status: status).merge(lives: !status) if left == 1 || !status || File.exist?(@records)
    end
  end

  def make_spare
    Spare.new(@executor.socket) { |channel| FileRun.new(@options, @recorder, @records, isolates: @isolates).serve(channel) }
  end

  def leave_spare
    @spare&.leave
    @spare = nil
  end

  # What a file's process has recorded; a process that did not come to its end says so.
  def outcome(path, status: nil, ended: false)
    records = File.exist?(path) ? File.readlines(path, encoding: "UTF-8").map { |line| JSON.parse(line) } : []
    File.delete(path) if File.exist?(path)
    examples = records.filter_map { |record| record["example"] }
    failures = records.filter_map { |record| record["failure"] }
    unless ended || records.any? { |record| record.key?("end") }
      how = status.signaled? ? "was ended by SIG#{Signal.signame(status.termsig)}" : "ended with exit code #{status.exitstatus}"
      failures << { "name" => "ProcessExit", "message" => "the process of the file #{how} while it ran" }
    end
    { examples: examples.to_h { |each| [each["id"], each] }.values, failures: failures }
  end
end

if ARGV.first == "warm"
  Warm.new(Integer(ARGV[1]), ARGV[2], isolates: !ARGV.include?(SHARED)).serve
else
  Executor.new.serve
end
