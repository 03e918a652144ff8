# frozen_string_literal: true

# How the forks of a warm process begin and end with little of their memory touched: each page that a fork touches is
# copied, or at least looked up, for it alone.

require "json"
require "socket"

# A heap with room left after each collection of garbage, so that a short file in a fork ends without one: collecting
# copies most of the pages that the fork shares with the warm process.
ROOMY_HEAP = { "RUBY_GC_HEAP_FREE_SLOTS" => "100000", "RUBY_GC_MALLOC_LIMIT" => "67108864" }.freeze

# Ends a fork without freeing its objects one by one, which would copy the pages that it shares with the warm process.
# What the end of a process does otherwise is done: buffered output is written, and finalizers run where there are any.
class QuickExit
  # What RUBYOPT has Ruby load comes before this program.
  LOADS_BEFORE = /(\A|\s)-?\w*r/.freeze

  # The first handler that is registered runs last; were others registered before it, they would never run.
  def self.prepare
    return if LOADS_BEFORE.match?(ENV["RUBYOPT"].to_s)

    exit = new
    finalizers = Module.new do
      define_method(:define_finalizer) do |*args, &block|
        exit.needs_finalizers
        super(*args, &block)
      end
    end
    ObjectSpace.singleton_class.prepend(finalizers)
    at_exit { exit.leave }
  end

  def needs_finalizers
    @has_finalizers = true
  end

  def leave
    # With an exception on its way out, or threads that have to be ended, Ruby itself knows best.
    return if @has_finalizers || $! || Thread.list.length > 1

    ObjectSpace.each_object(IO) { |io| flush(io) }
    exit!(0)
  end

  private

  def flush(io)
    io.flush unless io.closed?
  rescue IOError, SystemCallError
    nil # It is only read from, or nobody reads it.
  end
end

# A fork of the warm process that waits for its file: it is there before the file is asked for. One that runs several files
# lives on from one to the next.
class Spare
  attr_reader :pid

  # The block runs in the fork, with the channel that its orders come by. `closed` belongs to the warm process alone.
  def initialize(closed)
    @channel, theirs = UNIXSocket.pair
    $stdout.flush
    $stderr.flush
    @pid = fork do
      closed.close
      @channel.close
      yield theirs
    end
    theirs.close
    @is_fresh = true
  end

  # Whether nothing has been asked of it yet.
  def fresh?
    @is_fresh
  end

  # Waits until the file that is asked for has been run; gives how the process ended, or nil when it lives on.
  def run(asked)
    @is_fresh = false
    watch
    @channel.puts(JSON.generate(asked))
    @channel.gets ? nil : @end.value
  rescue Errno::EPIPE, Errno::ECONNRESET
    @end.value
  end

  # Lets it do what is behind its last file, and waits for its end.
  def leave
    watch
    @channel.close_write
    @end.value
  end

  private

  # The end of the process ends the channel, also where something that it has left holds the other side.
  def watch
    @end ||= Thread.new do
      _, status = Process.wait2(@pid)
      @channel.shutdown(Socket::SHUT_RD)
      status
    end
  end
end
