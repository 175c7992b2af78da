package org.example.tree

import scala.collection.mutable.{Map, ListBuffer}

/** A binary tree. */
sealed trait Tree[+A] {
  def size: Int

  def isEmpty: Boolean = size == 0
}

case class Node[A](value: A, left: Tree[A], right: Tree[A]) extends Tree[A] {
  // counts both sides
  def size: Int = 1 + left.size + right.size
}

case object Leaf extends Tree[Nothing] {
  def size = 0
}

object Tree {
  val Limit = 64

  /** Builds a tree from a list. */
  @tailrec
  def fromList[A](items: List[A]): Tree[A] = items match {
    case Nil => Leaf
    case head :: tail => Node(head, Leaf, fromList(tail))
  }
}

class Walker(tree: Tree[Int]) {
  private val seen = ListBuffer.empty[Int]

  def walk(): Unit = {
    seen.append(tree.size)
    println(seen)
  }
}
