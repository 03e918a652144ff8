# frozen_string_literal: true

# Runs files in a fork of the warm process: one, or one after another as a single run of RSpec would.

require "json"
require "set"

# Takes what is asked from a channel. Alone, it runs one file and ends; otherwise it answers each file with a line and goes
# on, with hooks around the suite before the first and after the last, until a file leaves something that ends a run.
class FileRun
  def initialize(options, recorder, records, isolates:)
    @options = options
    @recorder = recorder
    @records = records
    @isolates = isolates
  end

  def serve(channel)
    @channel = channel
    # The warm process is gone, and with it everybody who could ask.
    exit!(0) unless take

    $stdout.sync = true
    srand
    Signal.trap("INT") { Thread.main.raise(Interrupt, "the run was interrupted") }
    load_file
    run unless RSpec.world.wants_to_quit
  rescue Exception => e # rubocop:disable Lint/RescueException
    @recorder.failed(e)
  ensure
    @recorder.put(end: true)
  end

  private

  # The next file that is asked for; nil when none will be.
  def take
    line = @channel.gets
    return @recorder.close unless line

    @channel.close if @isolates
    @asked = JSON.parse(line)
    @recorder.open_at(@records)
    (@set || []).each { |name| ENV.delete(name) unless @asked["env"].key?(name) }
    @set = @asked["env"].keys
    ENV.update(@asked["env"])
    @asked
  end

  def load_file
    # A retry of a file is no new run, and several run at a time.
    configuration.example_status_persistence_file_path = nil
    configuration.files_or_directories_to_run = @asked["examples"] || [@asked["file"]]
    configuration.load_spec_files
    leave_part(@asked["part"]) if @asked["part"]
  end

  def run
    return RSpec::Core::Runner.new(@options).run_specs(RSpec.world.ordered_example_groups) if @isolates

    configuration.reporter.report(RSpec.world.example_count) do |reporter|
      configuration.with_suite_hooks do
        @hooks = hooks.dup
        loop do
          RSpec.world.ordered_example_groups.each { |group| group.run(reporter) }
          break unless answer && take

          forget
          load_file
          run_new_hooks
        end
      end
    end
  end

  # False where the run ends, as it does after a hook around the suite or a file that could not be loaded.
  def answer
    return false if RSpec.world.wants_to_quit

    @recorder.put(end: true)
    [$stdout, $stderr].each(&:flush)
    @channel.puts
    true
  end

  # Examples and what chose them; all else that the file before has made stays.
  def forget
    RSpec.world.reset
    RSpec.world.filtered_examples.clear
    configuration.reset_filters
    @options.configure_filter_manager(configuration.filter_manager)
  end

  # Before the suite runs also what a later file brings.
  def run_new_hooks
    return if hooks.length == @hooks.length

    configuration.__send__(:run_suite_hooks, "a `before(:suite)` hook", hooks - @hooks)
    @hooks = hooks.dup
  end

  def hooks
    configuration.instance_variable_get(:@before_suite_hooks)
  end

  # Leaves what is of the part of a file that is split.
  def leave_part(part)
    listed = (part["only"] || part["except"] || []).to_set
    RSpec.world.all_example_groups.each do |group|
      group.examples.select! { |example| listed.include?(example.id) == part.key?("only") }
    end
  end

  def configuration
    RSpec.configuration
  end
end
