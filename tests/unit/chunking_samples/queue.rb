# frozen_string_literal: true

require 'set'
require_relative 'job'

module Work
  # Jobs in the order they came.
  class Queue < Base
    LIMIT = 100

    attr_reader :jobs

    def initialize(limit: LIMIT)
      @jobs = []
      @limit = limit
    end

    # Adds a job unless the queue is full.
    #
    # @return [Boolean]
    def push(job)
      return false if full?

      @jobs << Job.new(job)
      true
    end

    def full?
      @jobs.size >= @limit
    end

    def ==(other)
      jobs == other.jobs
    end

    def self.restore(path)
      new.tap { |queue| queue.load(path) }
    end

    class << self
      def shared
        @shared ||= new
      end
    end
  end

  module Helpers
    def retry_later(job) = job.delay(5)
  end
end

def main
  Work::Queue.restore(ARGV.first)
end

main if __FILE__ == $PROGRAM_NAME
